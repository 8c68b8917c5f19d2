using ClassicBroker.Metadata.Znodes;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// Whom a quota is for: a user, a client id, both together, or an address; null means that the entity has no such part.
/// </summary>
public sealed record QuotaEntity(QuotaName? User, QuotaName? ClientId, QuotaName? Ip)
{
    public const string UserType = "user";
    public const string ClientIdType = "client-id";
    public const string IpType = "ip";

    public QuotaName? Part(string type) =>
        type switch
        {
            UserType => User,
            ClientIdType => ClientId,
            _ => Ip,
        };

    /// <summary>The type and name under which the entity's znode lies.</summary>
    public (string Type, string Name) Znode =>
        this switch
        {
            { Ip: { } ip } => (ConfigEntityZnode.Ips, ip.Znode),
            { User: { } user, ClientId: { } client } =>
                (ConfigEntityZnode.Users, $"{user.Znode}/{ConfigEntityZnode.Clients}/{client.Znode}"),
            { User: { } user } => (ConfigEntityZnode.Users, user.Znode),
            _ => (ConfigEntityZnode.Clients, (ClientId ?? default).Znode),
        };
}
