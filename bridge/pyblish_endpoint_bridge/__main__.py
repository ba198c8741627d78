# -*- coding: utf-8 -*-
"""Starts the bridge from the command line."""
from __future__ import absolute_import, division, print_function

import sys

from .command_line import main

if __name__ == "__main__":
    sys.exit(main())
