using ClassicBroker.Metadata.Znodes;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// Whom a quota is for: a user, a client id, both together, or an address. <see cref="Default"/> stands for all that have none of their
/// own; null means that the entity has no such part. Names are plain; the path has them sanitized.
/// </summary>
public sealed record QuotaEntity(string? User, string? ClientId, string? Ip)
{
    public const string UserType = "user";
    public const string ClientIdType = "client-id";
    public const string IpType = "ip";

    public const string Default = ConfigEntityZnode.DefaultEntity;

    public string? Part(string type) =>
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
            { Ip: { } ip } => (ConfigEntityZnode.Ips, Sanitized(ip)),
            { User: { } user, ClientId: { } client } =>
                (ConfigEntityZnode.Users, $"{Sanitized(user)}/{ConfigEntityZnode.Clients}/{Sanitized(client)}"),
            { User: { } user } => (ConfigEntityZnode.Users, Sanitized(user)),
            _ => (ConfigEntityZnode.Clients, Sanitized(ClientId ?? Default)),
        };

    private static string Sanitized(string name) => name == Default ? name : Sanitizer.Sanitize(name);
}
