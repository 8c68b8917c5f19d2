namespace ClassicBroker.Transport;

/// <summary>An address cannot be listened on; the message says which and why.</summary>
public sealed class BindException(string message) : IOException(message)
{
    /// <summary>The machine does not have the address family.</summary>
    internal bool IsFamilyMissing { get; init; }
}
