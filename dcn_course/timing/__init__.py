"""What deformable convolution costs, ours and its peers side by side in one process: ``dcn timing``."""
