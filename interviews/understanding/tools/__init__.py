"""What makes or shows the understanding, and takes no part in it: training, explanations, JSON lines, reports."""
