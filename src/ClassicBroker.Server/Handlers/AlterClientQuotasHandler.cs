using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Quotas;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// AlterClientQuotas 0-1: sets and removes quotas entity by entity (KIP-546). What a request names twice is carried out in its order and
/// answered once, with what became of the last.
/// </summary>
public sealed class AlterClientQuotasHandler(ClientQuotas quotas) : RequestHandler<AlterClientQuotasRequest, AlterClientQuotasResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.AlterConfigs)];

    public override async ValueTask<AlterClientQuotasResponse?> HandleAsync(AlterClientQuotasRequest request, RequestContext context)
    {
        var answers = new OrderedDictionary<string, AlterClientQuotasResponse.EntryData>(StringComparer.Ordinal);
        foreach (var entry in request.Entries)
        {
            var parts = Parts(entry);
            var refusal = await ContainAsync(
                context, () => AlterAsync(parts, entry.Ops, request.ValidateOnly), _ => AdminRefusal.Unforeseen);
            answers[KeyOf(parts)] = new()
            {
                ErrorCode = refusal?.Error ?? ErrorCode.None,
                ErrorMessage = refusal?.Message,
                Entity = [.. parts.Select(part => new AlterClientQuotasResponse.EntityData
                {
                    EntityType = part.Key,
                    EntityName = part.Value,
                })],
            };
        }

        return new() { Entries = [.. answers.Values] };
    }

    /// <summary>The parts of an entity by type; of a type named twice the last.</summary>
    private static OrderedDictionary<string, string?> Parts(AlterClientQuotasRequest.EntryData entry)
    {
        var parts = new OrderedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var part in entry.Entity)
        {
            parts[part.EntityType] = part.EntityName;
        }

        return parts;
    }

    /// <summary>The same for the same parts in any order.</summary>
    private static string KeyOf(OrderedDictionary<string, string?> parts) =>
        string.Concat(parts
            .OrderBy(part => part.Key, StringComparer.Ordinal)
            .Select(part => $"{part.Key.Length}:{part.Key}{part.Value?.Length ?? -1}:{part.Value}"));

    private async Task<AdminRefusal?> AlterAsync(
        OrderedDictionary<string, string?> parts, AlterClientQuotasRequest.OpData[] ops, bool validateOnly)
    {
        if (FaultOf(parts) is { } fault)
        {
            return new(ErrorCode.InvalidRequest, fault);
        }

        var entity = new QuotaEntity(
            Part(parts, QuotaEntity.UserType), Part(parts, QuotaEntity.ClientIdType), Part(parts, QuotaEntity.IpType));
        try
        {
            await quotas.AlterAsync(entity, [.. ops.Select(op => (op.Key, op.Remove ? null : (double?)op.Value))], validateOnly);
            return null;
        }
        catch (ConfigException refused)
        {
            return new(ErrorCode.InvalidRequest, refused.Message);
        }
    }

    private static string? FaultOf(OrderedDictionary<string, string?> parts)
    {
        string[] known = [QuotaEntity.UserType, QuotaEntity.ClientIdType, QuotaEntity.IpType];
        return parts.Count == 0 ? "Invalid empty client quota entity"
            : parts.Keys.FirstOrDefault(type => !known.Contains(type)) is { } unknown ? $"Unhandled client quota entity type: {unknown}"
            : parts.ContainsKey(QuotaEntity.IpType) && parts.Count > 1
                ? "Invalid quota entity combination, IP entity should not be combined with User or ClientId"
            : parts.FirstOrDefault(part => part.Value is "") is { Key: { } empty } ? $"Empty {empty} not supported"
            : null;
    }

    /// <summary>Null where the entity has no such part; the default entity where the part has no name.</summary>
    private static QuotaName? Part(OrderedDictionary<string, string?> parts, string type) =>
        parts.TryGetValue(type, out var name) ? new QuotaName(name) : null;

    protected override AlterClientQuotasResponse Refuse(AlterClientQuotasRequest request, AccessRule rule, RequestContext context)
    {
        var response = request.ErrorResponse(rule.Refusal, context.ApiVersion);
        foreach (var entry in response.Entries)
        {
            entry.ErrorMessage = "Cluster authorization failed.";
        }

        return response;
    }
}
