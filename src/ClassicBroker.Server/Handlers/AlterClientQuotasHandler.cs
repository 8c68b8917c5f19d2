using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Quotas;

namespace ClassicBroker.Server.Handlers;

/// <summary>AlterClientQuotas 0-1: sets and removes quotas entity by entity (KIP-546).</summary>
public sealed class AlterClientQuotasHandler(ClientQuotas quotas) : RequestHandler<AlterClientQuotasRequest, AlterClientQuotasResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.AlterConfigs)];

    public override async ValueTask<AlterClientQuotasResponse?> HandleAsync(AlterClientQuotasRequest request, RequestContext context)
    {
        var entries = new AlterClientQuotasResponse.EntryData[request.Entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = new()
            {
                ErrorMessage = null,
                Entity = [.. request.Entries[i].Entity.Select(part => new AlterClientQuotasResponse.EntityData
                {
                    EntityType = part.EntityType,
                    EntityName = part.EntityName,
                })],
            };
            var entry = request.Entries[i];
            var refusal = await ContainAsync(context, () => AlterAsync(entry, request.ValidateOnly), AdminRefusal.Unforeseen);
            if (refusal is not null)
            {
                (entries[i].ErrorCode, entries[i].ErrorMessage) = (refusal.Error, refusal.Message);
            }
        }

        return new() { Entries = entries };
    }

    private async Task<AdminRefusal?> AlterAsync(AlterClientQuotasRequest.EntryData entry, bool validateOnly)
    {
        if (FaultOf(entry) is { } fault)
        {
            return new(ErrorCode.InvalidRequest, fault);
        }

        var entity = new QuotaEntity(
            Part(entry, QuotaEntity.UserType), Part(entry, QuotaEntity.ClientIdType), Part(entry, QuotaEntity.IpType));
        try
        {
            await quotas.AlterAsync(entity, [.. entry.Ops.Select(op => (op.Key, op.Remove ? null : (double?)op.Value))], validateOnly);
            return null;
        }
        catch (ConfigException refused)
        {
            return new(ErrorCode.InvalidRequest, refused.Message);
        }
    }

    private static string? FaultOf(AlterClientQuotasRequest.EntryData entry)
    {
        var types = entry.Entity.Select(part => part.EntityType).ToList();
        string[] known = [QuotaEntity.UserType, QuotaEntity.ClientIdType, QuotaEntity.IpType];
        return types.Count == 0 ? "Invalid empty client quota entity"
            : types.FirstOrDefault(type => !known.Contains(type)) is { } unknown ? $"Unhandled client quota entity type: {unknown}"
            : types.Distinct().Count() != types.Count ? "Duplicate entity type in client quota entity"
            : types.Contains(QuotaEntity.IpType) && types.Count > 1
                ? "Invalid quota entity combination, IP entity should not be combined with User or ClientId"
            : entry.Entity.FirstOrDefault(part => part.EntityName is "") is { } empty ? $"Empty {empty.EntityType} not supported"
            : entry.Ops.Select(op => op.Key).Distinct().Count() != entry.Ops.Length ? "Duplicate quota key in client quota entity"
            : null;
    }

    /// <summary>Null where the entity has no such part; the default entity where the part has no name.</summary>
    private static QuotaName? Part(AlterClientQuotasRequest.EntryData entry, string type) =>
        entry.Entity.FirstOrDefault(part => part.EntityType == type) is { } found ? new QuotaName(found.EntityName) : null;

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
