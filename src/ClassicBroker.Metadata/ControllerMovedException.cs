namespace ClassicBroker.Metadata;

/// <summary>
/// Another broker has become controller: the controller epoch in ZooKeeper is not the one this controller was elected in.
/// </summary>
public sealed class ControllerMovedException(string message) : Exception(message);
