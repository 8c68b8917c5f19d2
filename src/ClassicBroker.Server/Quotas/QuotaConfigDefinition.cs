using ClassicBroker.Server.Config;
using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Quotas;

/// <summary>The quota keys of clients, users and addresses, and the credentials of users.</summary>
public static class QuotaConfigDefinition
{
    private static readonly IReadOnlyList<ConfigKey> ClientKeys =
    [
        Long("producer_byte_rate", "9223372036854775807", "Upper bound of bytes per second a client may produce to one broker."),
        Long("consumer_byte_rate", "9223372036854775807", "Upper bound of bytes per second a client may fetch from one broker."),
        Double("request_percentage", "2147483647.0", "Upper bound of the share of broker threads' time a client's requests may take."),
        Double("controller_mutation_rate", "2147483647.0", "Upper bound of partitions created and deleted per second."),
    ];

    /// <summary>Keys of users, clients, and users' clients.</summary>
    public static ConfigDefinition Clients { get; } = new(ClientKeys);

    /// <summary>Keys of addresses.</summary>
    public static ConfigDefinition Ips { get; } = new(
        [Int("connection_creation_rate", "2147483647", "Upper bound of connections per second from an address.", AtLeast(0))]);

    public static ConfigDefinition Of(QuotaEntity entity) => entity.Ip is null ? Clients : Ips;
}
