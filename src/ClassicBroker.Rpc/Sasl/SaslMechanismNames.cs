namespace ClassicBroker.Rpc.Sasl;

/// <summary>The mechanisms of SASL as SaslHandshake and configurations name them.</summary>
public static class SaslMechanismNames
{
    public const string Plain = "PLAIN";
    public const string ScramSha256 = "SCRAM-SHA-256";
    public const string ScramSha512 = "SCRAM-SHA-512";
    public const string OAuthBearer = "OAUTHBEARER";
    public const string Gssapi = "GSSAPI";

    public static string WireName(this ScramMechanism mechanism) => mechanism == ScramMechanism.Sha256 ? ScramSha256 : ScramSha512;

    /// <summary>The SCRAM mechanism of a name; null for any other.</summary>
    public static ScramMechanism? ScramOf(string name) => name switch
    {
        ScramSha256 => ScramMechanism.Sha256,
        ScramSha512 => ScramMechanism.Sha512,
        _ => null,
    };
}
