"""The image of several pictures."""

import numpy as np

# Neither square nor symmetric.
IMAGE = np.array([[1.0, 2, 4, 3, 1], [2, 5, 9, 6, 2], [1, 4, 7, 8, 5], [0, 1, 3, 6, 9]])
