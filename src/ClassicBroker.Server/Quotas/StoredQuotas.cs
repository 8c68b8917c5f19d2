using System.Net;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// Brings the quotas of ZooKeeper into force: all at start, then entity by entity as notifications name them. A znode that cannot be read
/// leaves its entity as it was. Threading: the ZooKeeper loop, one call at a time.
/// </summary>
internal sealed partial class StoredQuotas(
    ConfigStore store,
    QuotaEnforcement enforcement,
    ConnectionQuotas connections,
    IAddressResolver resolver,
    ILogger<StoredQuotas> logger)
{
    private const string ConnectionRate = "connection_creation_rate";

    private readonly ClientQuotas _quotas = new(store, resolver);

    public async Task LoadAsync()
    {
        foreach (var (entity, values) in await _quotas.GetAllAsync())
        {
            await ApplyAsync(entity, values);
        }
    }

    /// <summary>Reads an entity again, named as its znode is below the type's.</summary>
    public async Task RefreshAsync(string type, string name)
    {
        if (EntityOf(type, name.Split('/')) is { } entity && await store.TryGetAsync(type, name) is { } config)
        {
            await ApplyAsync(entity, ClientQuotas.Read(config, entity));
        }
    }

    private static QuotaEntity? EntityOf(string type, string[] path) =>
        (type, path) switch
        {
            (ConfigEntityZnode.Ips, [var ip]) => new(null, null, QuotaName.OfZnode(ip)),
            (ConfigEntityZnode.Clients, [var client]) => new(null, QuotaName.OfZnode(client), null),
            (ConfigEntityZnode.Users, [var user]) => new(QuotaName.OfZnode(user), null, null),
            (ConfigEntityZnode.Users, [var user, ConfigEntityZnode.Clients, var client]) =>
                new(QuotaName.OfZnode(user), QuotaName.OfZnode(client), null),
            _ => null,
        };

    private async Task ApplyAsync(QuotaEntity entity, IReadOnlyDictionary<string, double> values)
    {
        if (entity.Ip is not { } ip)
        {
            enforcement.Update(entity, values);
            return;
        }

        int? rate = values.TryGetValue(ConnectionRate, out var perSecond) ? (int)Math.Min(perSecond, int.MaxValue) : null;
        if (ip.Name is not { } host)
        {
            connections.SetDefaultAddressRate(rate);
            return;
        }

        try
        {
            foreach (var address in IPAddress.TryParse(host, out var literal) ? [literal] : await resolver.ResolveAsync(host))
            {
                connections.SetAddressRate(address, rate);
            }
        }
        catch (UnknownHostException unknown)
        {
            LogLeftOut(host, unknown.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection quota of {Host} is left out: {Reason}")]
    private partial void LogLeftOut(string host, string reason);
}
