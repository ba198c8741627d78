# -*- coding: utf-8 -*-
"""Targets that plug-ins register: the adapter is told which there are."""
import os
import shutil
import tempfile

from support import WithHost

FILE = """
import pyblish.api

class Register(pyblish.api.ContextPlugin):
    order = 0
    def process(self, context):
        pyblish.api.register_target("late")

class Deregister(pyblish.api.ContextPlugin):
    order = 0.1
    def process(self, context):
        pyblish.api.deregister_target("late")
"""


class Targets(WithHost):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "register.py"), "w") as file:
            file.write(FILE)
        cls.paths = [cls.folder]
        super(Targets, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(Targets, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def test_registered_and_deregistered_ones_are_told(self):
        self.assertEqual(self.process("Register")["changes"], [{"targets-set": ["late"]}])
        self.assertEqual(self.process("Register")["changes"], [])
        self.assertEqual(self.discover()["targets"], ["late"])
        self.assertEqual(self.process("Deregister")["changes"], [{"targets-set": []}])
