"""Starts the bridge with Blender, and adds Publish to its File menu.

This is a module in a folder `startup` of Blender's scripts. Blender imports every module there and
calls its `register`. Without a window (`blender -b`) it does nothing, because there the bridge
needs the main thread, which only the command line can give it:

    blender -b shot.blend --python-expr "import pyblish_endpoint_bridge as b; b.start().serve_forever()"
"""
import sys

import bpy

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""
# The program that ran `host install`; others are looked for, too.
BINARY = ""


# Also without a window, so that the line above works.
if FOLDER and FOLDER not in sys.path:
    sys.path.append(FOLDER)


status = ""  # what there is to do, in a few words


def show_status(words):
    global status
    status = words
    for window in bpy.context.window_manager.windows:
        # The only call that has Blender draw its status bar anew. It shows Blender's own hints.
        window.workspace.status_text_set(None)


def start():
    import pyblish_endpoint_bridge
    try:
        pyblish_endpoint_bridge.start("blender").show_status(show_status)
    except pyblish_endpoint_bridge.BridgeError as error:
        print("pyblish-endpoint: %s" % error)


def tell(message):
    print("pyblish-endpoint: %s" % message)

    def draw(self, _):
        for line in message.splitlines():
            self.layout.label(text=line)

    windows = bpy.context.window_manager.windows
    # Before 3.2, nothing can be shown from here.
    if windows and hasattr(bpy.context, "temp_override"):
        with bpy.context.temp_override(window=windows[0]):
            bpy.context.window_manager.popup_menu(draw, title="Publish", icon="ERROR")


class PublishOperator(bpy.types.Operator):
    """Check and publish what is open, in the browser"""
    bl_idname = "wm.pyblish_endpoint_publish"
    bl_label = "Publish"

    def execute(self, _):
        start()
        import pyblish_endpoint_menu
        pyblish_endpoint_menu.publish("blender", BINARY, tell)
        return {"FINISHED"}


def entry(self, _):
    self.layout.separator()
    self.layout.operator(PublishOperator.bl_idname, icon="EXPORT")


def button(self, context):
    """Beside the scene, at the right of the top bar."""
    if context.region.alignment == "RIGHT":
        self.layout.operator(PublishOperator.bl_idname, text="", icon="EXPORT")


def in_status_bar(self, _):
    if status:
        icon = "CHECKMARK" if status == "no problems" else "ERROR"
        self.layout.operator(PublishOperator.bl_idname, text="Pyblish: %s" % status, icon=icon)


def register():
    if not bpy.app.background:
        bpy.utils.register_class(PublishOperator)
        bpy.types.TOPBAR_MT_file.append(entry)
        bpy.types.TOPBAR_HT_upper_bar.prepend(button)
        bpy.types.STATUSBAR_HT_header.append(in_status_bar)
        # While Blender registers, its data cannot be read yet.
        # Persistent: a file that Blender opens at its start must not end the timer.
        bpy.app.timers.register(start, first_interval=0.1, persistent=True)


def unregister():
    if not bpy.app.background:
        bpy.types.STATUSBAR_HT_header.remove(in_status_bar)
        bpy.types.TOPBAR_HT_upper_bar.remove(button)
        bpy.types.TOPBAR_MT_file.remove(entry)
        bpy.utils.unregister_class(PublishOperator)
    if "pyblish_endpoint_bridge" in sys.modules:
        sys.modules["pyblish_endpoint_bridge"].stop()
