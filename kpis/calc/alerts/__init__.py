"""When a figure needs a person: rules as values, and the judgement of each as a pure function."""
