namespace ClassicBroker.Storage;

/// <summary>A log directory cannot be used as the configuration wants it; the message says why and what helps. Stops the start.</summary>
public sealed class LogDirectoryException(string message) : Exception(message);
