# -*- coding: utf-8 -*-
"""Which hosts there are."""
from support import Starting


class Hosts(Starting):
    def test_unknown_host(self):
        self.assertIn("There is no host gimp; there are blender", self.fails("--host", "gimp"))
