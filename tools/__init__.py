"""What ./run, ./test and ./bench are made of: the standard library only, so that they start anywhere."""
