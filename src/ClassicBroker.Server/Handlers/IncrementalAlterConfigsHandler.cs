using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Handlers;

/// <summary>IncrementalAlterConfigs 0-1: sets, deletes, appends and subtracts single overrides (KIP-339).</summary>
public sealed class IncrementalAlterConfigsHandler(ConfigAlterations alterations)
    : RequestHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    private static readonly AccessRule AlterTopicConfigs = AccessRule.Each(AclOperation.AlterConfigs, AclResourceType.Topic);

    private static readonly AccessRule AlterClusterConfigs = AccessRule.Each(AclOperation.AlterConfigs, AclResourceType.Cluster);

    public override IReadOnlyList<AccessRule> Access { get; } = [AlterTopicConfigs, AlterClusterConfigs];

    public override async ValueTask<IncrementalAlterConfigsResponse?> HandleAsync(
        IncrementalAlterConfigsRequest request, RequestContext context)
    {
        var response = new IncrementalAlterConfigsResponse
        {
            Responses = new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse[request.Resources.Length],
        };
        var appearances = request.Resources.CountBy(IdentityOf).ToDictionary();
        for (var i = 0; i < request.Resources.Length; i++)
        {
            var resource = request.Resources[i];
            var refusal = appearances[IdentityOf(resource)] > 1
                ? ConfigAlterations.Repeated
                : Refusal(resource, context) ?? await ContainAsync(
                    context,
                    () => alterations.ApplyAsync(
                        resource.ResourceType,
                        resource.ResourceName,
                        [
                            .. resource.Configs.Select(
                                config => new ConfigChange(config.Name, (ConfigOperation)config.ConfigOperation, config.Value))
                        ],
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

    private static (sbyte Type, string Name) IdentityOf(IncrementalAlterConfigsRequest.AlterConfigsResource resource) =>
        (resource.ResourceType, resource.ResourceName);

    private static AdminRefusal? Refusal(IncrementalAlterConfigsRequest.AlterConfigsResource resource, RequestContext context) =>
        ConfigAccess.Refusal(context, AlterTopicConfigs, AlterClusterConfigs, resource.ResourceType, resource.ResourceName);
}
