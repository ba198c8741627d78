"""A stand-in for `nose.tools`, which pyblish-base's tests use. nose itself runs on no current
Python.
"""
import unittest

case = unittest.TestCase()
assert_equal = assert_equals = case.assertEqual
assert_not_equals = case.assertNotEqual
assert_raises = case.assertRaises
assert_true = case.assertTrue
assert_false = case.assertFalse


def with_setup(setup=None, teardown=None):
    """Marks a test with its set-up and tear-down."""
    def mark(test):
        test.setup, test.teardown = setup, teardown
        return test
    return mark


def raises(*errors):
    """A test that succeeds if it raises one of these."""
    def mark(test):
        def raising():
            with case.assertRaises(errors):
                test()
        raising.__name__ = test.__name__
        return raising
    return mark
