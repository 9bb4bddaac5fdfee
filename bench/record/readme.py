"""Puts what the default comparison printed, and how long it took, into README.md.

usage: readme.py README.md OUTPUT SECONDS
"""
import re
import sys

path, output, seconds = sys.argv[1], open(sys.argv[2]).read().strip("\n"), int(sys.argv[3])
text = open(path).read()
block = re.compile(r"(The first prints this \()[^\n]*?(\):\n\n```\n).*?(\n```\n)", re.S)
assert len(block.findall(text)) == 1, "README.md has no place for the output of kontrast compare"
took = f"two CPU cores, AVX2, {seconds // 60} minutes {seconds % 60} seconds after compiling"
open(path, "w").write(block.sub(lambda m: m[1] + took + m[2] + output + m[3], text))
