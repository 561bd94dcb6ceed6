# > POST / <?xml version='1.0'?><methodCall><methodName>add</methodName><params><param><value><int>2</int></value></param><param><value><int>3</int></value></param></params></methodCall>
# > GET /
import sys
from xmlrpc.server import SimpleXMLRPCServer

with SimpleXMLRPCServer(("127.0.0.1", int(sys.argv[1])), logRequests=False) as server:
    server.register_function(lambda a, b: a + b, "add")
    server.serve_forever()
