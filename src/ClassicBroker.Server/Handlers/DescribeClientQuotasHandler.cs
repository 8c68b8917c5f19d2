using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Quotas;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeClientQuotas 0-1: the quotas of the entities a filter matches (KIP-546).</summary>
public sealed class DescribeClientQuotasHandler(ClientQuotas quotas)
    : RequestHandler<DescribeClientQuotasRequest, DescribeClientQuotasResponse>
{
    private const sbyte MatchExact = 0;
    private const sbyte MatchDefault = 1;
    private const sbyte MatchAny = 2;

    private static readonly string[] EntityTypes = [QuotaEntity.UserType, QuotaEntity.ClientIdType, QuotaEntity.IpType];

    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.DescribeConfigs)];

    public override async ValueTask<DescribeClientQuotasResponse?> HandleAsync(DescribeClientQuotasRequest request, RequestContext context)
    {
        if (FaultOf(request) is { } fault)
        {
            return new() { ErrorCode = fault.Error, ErrorMessage = fault.Message, Entries = null };
        }

        var matching = (await quotas.GetAllAsync()).Where(entry => Matches(entry.Entity, request));
        return new()
        {
            ErrorMessage = "",
            Entries = [.. matching.Select(entry => new DescribeClientQuotasResponse.EntryData
            {
                Entity = [.. Describe(entry.Entity)],
                Values =
                [
                    .. entry.Values.Select(value => new DescribeClientQuotasResponse.ValueData { Key = value.Key, Value = value.Value })
                ],
            })],
        };
    }

    private static (ErrorCode Error, string Message)? FaultOf(DescribeClientQuotasRequest request)
    {
        var types = request.Components.Select(component => component.EntityType).ToList();
        if (types.FirstOrDefault(type => !EntityTypes.Contains(type)) is { } unknown)
        {
            return unknown.Length == 0
                ? (ErrorCode.InvalidRequest, "Unexpected empty filter component entity type")
                : (ErrorCode.UnsupportedVersion, $"Custom entity type '{unknown}' not supported");
        }

        if (types.Distinct().Count() != types.Count)
        {
            return (ErrorCode.InvalidRequest, "Duplicate filter component entity type");
        }

        if (types.Contains(QuotaEntity.IpType) && types.Count > 1)
        {
            return (
                ErrorCode.InvalidRequest,
                "Invalid entity filter component combination, IP filter component should not be used with "
                + "user or clientId filter component.");
        }

        return request.Components.Any(component => component.MatchType is < MatchExact or > MatchAny)
            ? (ErrorCode.InvalidRequest, "Unexpected match type")
            : null;
    }

    private static bool Matches(QuotaEntity entity, DescribeClientQuotasRequest request)
    {
        foreach (var type in EntityTypes)
        {
            var part = entity.Part(type);
            var component = request.Components.FirstOrDefault(candidate => candidate.EntityType == type);
            var matches = component is null
                ? !request.Strict || part is null
                : part is { } name && component.MatchType switch
                {
                    MatchExact => !name.IsDefault && name.Name == component.Match,
                    MatchDefault => name.IsDefault,
                    _ => true,
                };
            if (!matches)
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<DescribeClientQuotasResponse.EntityData> Describe(QuotaEntity entity)
    {
        foreach (var type in EntityTypes)
        {
            if (entity.Part(type) is { } part)
            {
                yield return new() { EntityType = type, EntityName = part.Name };
            }
        }
    }
}
