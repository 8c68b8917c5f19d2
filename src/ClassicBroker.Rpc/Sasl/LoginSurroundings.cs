using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl.OAuth;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>What logins are made of beside their login module. Immutable.</summary>
public sealed record LoginSurroundings(IRandomSource Random, TimeProvider Time, IFileSystem Files, HttpRequester Http)
{
    /// <summary>Null where there is none.</summary>
    public IKerberos? Kerberos { get; init; }

    /// <summary><c>sasl.kerberos.service.name</c>; null where it is not set.</summary>
    public string? KerberosServiceName { get; init; }

    /// <summary>Where tokens of OAUTHBEARER come from; null where the login module makes them, which prove nothing.</summary>
    public TokenEndpointSettings? TokenEndpoint { get; init; }
}
