using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Quotas of users, client ids and addresses, and of all others. Stateless.</summary>
internal static class QuotasApi
{
    private static readonly string[] Keys =
        ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate", "connection_creation_rate"];

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get("/api/quotas", "All quotas; a name that is null stands for all without one of their own", "", ConsoleJson.Default.QuotaList, ListAsync);
        routes.Post("/api/quotas", ConsoleRole.Admin, "Sets quotas of an entity, and with null removes them",
            ConsoleJson.Default.QuotaOrder, AlterAsync);
    }

    private static async Task<QuotaList> ListAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.DescribeClientQuotas);
        var quotas = await call.Cluster.Admin.DescribeClientQuotasAsync([], strict: false);
        return new(
        [
            .. quotas.Select(quota => new QuotaRow(
                [.. quota.Entity.OrderBy(part => part.Type == ClientQuotaPart.User ? 0 : 1)
                    .Select(part => new QuotaPart(part.Type, part.Name))],
                new SortedDictionary<string, double>(
                    quota.Values.ToDictionary(value => value.Key, value => value.Value), StringComparer.Ordinal)))
                .OrderBy(row => string.Join('/', row.Entity.Select(part => $"{part.Type}={part.Name}")), StringComparer.Ordinal),
        ]);
    }

    private static async Task AlterAsync(ConsoleCall call, QuotaOrder order)
    {
        await call.Cluster.RequireAsync(ApiKey.AlterClientQuotas);
        if (order.Entity is not { Count: > 0 and <= 2 } entity || order.Changes is not { Count: > 0 } changes)
        {
            throw ApiException.BadRequest("Name an entity, and at least one quota.");
        }

        foreach (var key in changes.Keys.Except(Keys))
        {
            throw ApiException.BadRequest($"There is no quota {key}: there are {string.Join(", ", Keys)}.");
        }

        await call.Cluster.Admin.AlterClientQuotasAsync([.. entity.Select(part => new ClientQuotaPart(part.Type, part.Name))], changes);
        call.Audit("alter quotas", $"{string.Join('/', entity.Select(part => $"{part.Type}={part.Name ?? "<default>"}"))}: "
            + string.Join(", ", changes.Select(change => $"{change.Key}={change.Value?.ToString() ?? "none"}")));
    }

    /// <summary>All quotas.</summary>
    internal sealed record QuotaList(IReadOnlyList<QuotaRow> Quotas);

    /// <summary>The quotas of an entity.</summary>
    internal sealed record QuotaRow(IReadOnlyList<QuotaPart> Entity, IReadOnlyDictionary<string, double> Values);

    /// <summary>A part of an entity: user, client-id or ip.</summary>
    internal sealed record QuotaPart(string Type, string? Name);

    /// <summary>Quotas to set.</summary>
    internal sealed record QuotaOrder(IReadOnlyList<QuotaPart>? Entity, IReadOnlyDictionary<string, double?>? Changes);
}
