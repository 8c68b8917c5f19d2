namespace ClassicBroker.Platform;

/// <summary>
/// The Kerberos of the system: who this process is, and who others prove to be. Its library talks to key distribution centres and reads
/// key tables by itself, so that every step that may block ends later. Threading: any thread.
/// </summary>
public interface IKerberos
{
    /// <summary>Why Kerberos cannot be used, in a sentence; null where it can.</summary>
    string? Missing { get; }

    /// <summary>The realm of names without one; empty where the system has none configured.</summary>
    string DefaultRealm { get; }

    /// <summary>Finds out whether clients can be accepted with a credential: its key table is there and holds the keys.</summary>
    /// <exception cref="KerberosException">They cannot.</exception>
    void RequireKeys(KerberosCredential credential);

    /// <summary>Begins to prove to a service who this is.</summary>
    /// <param name="credential">What to prove it with.</param>
    /// <param name="service">The service's name, such as <c>kafka</c>.</param>
    /// <param name="host">The host it runs on.</param>
    IKerberosExchange Initiate(KerberosCredential credential, string service, string host);

    /// <summary>Begins to let a client prove who it is.</summary>
    IKerberosExchange Accept(KerberosCredential credential);
}
