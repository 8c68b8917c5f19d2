namespace ClassicBroker.Platform;

/// <summary>One exchange of proofs by Kerberos with a peer. Threading: one caller, one step at a time.</summary>
public interface IKerberosExchange : IDisposable
{
    /// <summary>Both sides are satisfied: messages can be wrapped and unwrapped.</summary>
    bool IsEstablished { get; }

    /// <summary>The principal of the client, such as <c>alice@EXAMPLE.COM</c>, once an exchange that accepts is established.</summary>
    string Peer { get; }

    /// <summary>Takes the peer's token, none for the first of an initiator; ends with the token to send, which may be empty.</summary>
    /// <exception cref="KerberosException">The exchange has failed.</exception>
    Task<byte[]> StepAsync(byte[] token);

    /// <summary>Protects a message from being changed.</summary>
    /// <exception cref="KerberosException">It cannot be.</exception>
    byte[] Wrap(ReadOnlySpan<byte> message);

    /// <summary>The message in what the peer wrapped.</summary>
    /// <exception cref="KerberosException">The peer did not wrap this.</exception>
    byte[] Unwrap(ReadOnlySpan<byte> message);
}
