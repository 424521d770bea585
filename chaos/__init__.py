"""Clients that post, watch, cut and resume while a monkey kills what serves them; a checker compares what they saw with what is stored.

python -m chaos [--seconds 60] [--seed 7] [--on sqlite|replicas|workers] [--clients 8]
"""
