"""Runs a Markdown file as a notebook: its python and sh blocks, in order, in the working directory.

usage: notebook.py FILE.md

Python blocks share their variables. The first block that fails ends it, with status 1 and the block's text.
"""
import re
import subprocess
import sys
import traceback

blocks = re.findall(r'^```(python|sh)\n(.*?)^```$', open(sys.argv[1], encoding='utf-8').read(), re.M | re.S)
shared = {'__name__': '__main__'}
for language, text in blocks:
    try:
        if language == 'sh':
            subprocess.run(['sh', '-ec', text], check=True)
        else:
            exec(compile(text, 'block', 'exec'), shared)
    except Exception:
        sys.exit(f'{traceback.format_exc()}\nin the {language} block\n{text}')
    sys.stdout.flush()
print(f'{len(blocks)} blocks run')
