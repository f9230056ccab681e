"""What benchmarks/compare.py and benchmarks/scale.py are made of; needs nothing but Python 3.11."""
