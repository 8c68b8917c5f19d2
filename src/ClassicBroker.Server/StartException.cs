namespace ClassicBroker.Server;

/// <summary>The broker cannot start; the message is one sentence for the operator.</summary>
public sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
