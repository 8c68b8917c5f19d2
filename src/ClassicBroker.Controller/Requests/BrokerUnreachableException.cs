namespace ClassicBroker.Controller.Requests;

/// <summary>A broker did not answer: not connected, disconnected, or silent for too long. It may or may not have acted.</summary>
public sealed class BrokerUnreachableException(string message, Exception? cause = null) : Exception(message, cause);
