"""One folder per function, and two that are not deployable: `runtime`, around every function, and `engine`."""
