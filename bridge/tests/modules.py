"""Adds the bridge's modules to the import path. Import this before them."""
import os
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGE = os.path.join(SOURCE, "pyblish_endpoint_bridge")

if SOURCE not in sys.path:
    sys.path.insert(0, SOURCE)
