class Document(object):
    fullName = "/show/shot/../shot/paint.psd"


class Application(object):
    activeDocument = Document()
