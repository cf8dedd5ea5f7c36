"""Why a result is wrong. Nothing here decides whether it is: that is `compare` alone."""
