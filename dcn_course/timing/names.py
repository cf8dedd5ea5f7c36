"""Names that tables, files and the command line share. Imports no torch."""

OURS = "ours-"  # followed by the name of the backend
PEERS = ("torchvision", "grid_sample", "conv2d", "onnxruntime")

# The report's three phases, as Torch names them, and their sum. The second gives the gradients with respect
# to input and offset, the third those with respect to kernel and bias.
FORWARD = "forward"
GRAD_INPUT = "updateGradInput"
GRAD_PARAMETERS = "accGradParameters"
BOTH = "forward + backward"
PHASES = (FORWARD, GRAD_INPUT, GRAD_PARAMETERS, BOTH)
