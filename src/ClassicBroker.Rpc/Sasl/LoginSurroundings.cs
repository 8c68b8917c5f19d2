using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>What logins are made of beside their login module. Immutable.</summary>
public sealed record LoginSurroundings(IRandomSource Random, TimeProvider Time)
{
    /// <summary>Null where there is none.</summary>
    public IKerberos? Kerberos { get; init; }

    /// <summary><c>sasl.kerberos.service.name</c>; null where it is not set.</summary>
    public string? KerberosServiceName { get; init; }
}
