using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Handlers;

/// <summary>AlterConfigs 0-2: replaces all overrides of a topic or a broker.</summary>
public sealed class AlterConfigsHandler(ConfigAlterations alterations) : RequestHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    private static readonly AccessRule AlterTopicConfigs = AccessRule.Each(AclOperation.AlterConfigs, AclResourceType.Topic);

    private static readonly AccessRule AlterClusterConfigs = AccessRule.Each(AclOperation.AlterConfigs, AclResourceType.Cluster);

    public override IReadOnlyList<AccessRule> Access { get; } = [AlterTopicConfigs, AlterClusterConfigs];

    public override async ValueTask<AlterConfigsResponse?> HandleAsync(AlterConfigsRequest request, RequestContext context)
    {
        var response = new AlterConfigsResponse
        {
            Responses = new AlterConfigsResponse.AlterConfigsResourceResponse[request.Resources.Length],
        };
        var appearances = request.Resources.CountBy(IdentityOf).ToDictionary();
        for (var i = 0; i < request.Resources.Length; i++)
        {
            var resource = request.Resources[i];
            var refusal = appearances[IdentityOf(resource)] > 1
                ? ConfigAlterations.Repeated
                : Refusal(resource, context) ?? await ContainAsync(
                    context,
                    () => alterations.ReplaceAsync(
                        resource.ResourceType,
                        resource.ResourceName,
                        [.. resource.Configs.Select(config => new ConfigChange(config.Name, ConfigOperation.Set, config.Value))],
                        request.ValidateOnly),
                    _ => AdminRefusal.Unforeseen);
            response.Responses[i] = new()
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                ErrorCode = refusal?.Error ?? ErrorCode.None,
                ErrorMessage = refusal?.Message,
            };
        }

        return response;
    }

    private static (sbyte Type, string Name) IdentityOf(AlterConfigsRequest.AlterConfigsResource resource) =>
        (resource.ResourceType, resource.ResourceName);

    private static AdminRefusal? Refusal(AlterConfigsRequest.AlterConfigsResource resource, RequestContext context) =>
        ConfigAccess.Refusal(context, AlterTopicConfigs, AlterClusterConfigs, resource.ResourceType, resource.ResourceName);
}
