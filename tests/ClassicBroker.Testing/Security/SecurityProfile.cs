namespace ClassicBroker.Testing.Security;

/// <summary>How the cluster of a test is guarded.</summary>
public enum SecurityProfile
{
    /// <summary>PLAINTEXT, for everyone.</summary>
    Open,

    /// <summary>SASL_SSL and ACLs everywhere, and a ZooKeeper with logins and closed znodes.</summary>
    Secured,
}
