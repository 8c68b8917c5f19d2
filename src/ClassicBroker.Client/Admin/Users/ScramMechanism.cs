namespace ClassicBroker.Client;

/// <summary>SCRAM mechanisms (KIP-554). Values are the wire's.</summary>
public enum ScramMechanism : sbyte
{
    /// <summary><c>SCRAM-SHA-256</c>.</summary>
    Sha256 = 1,

    /// <summary><c>SCRAM-SHA-512</c>.</summary>
    Sha512 = 2,
}
