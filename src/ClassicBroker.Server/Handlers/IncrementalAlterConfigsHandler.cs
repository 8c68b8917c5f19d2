using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Handlers;

/// <summary>IncrementalAlterConfigs 0-1: sets, deletes, appends and subtracts single overrides (KIP-339).</summary>
public sealed class IncrementalAlterConfigsHandler(ConfigAlterations alterations)
    : RequestHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
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
                : await ContainAsync(
                    context,
                    () => alterations.ApplyAsync(
                        resource.ResourceType,
                        resource.ResourceName,
                        [
                            .. resource.Configs.Select(
                                config => new ConfigChange(config.Name, (ConfigOperation)config.ConfigOperation, config.Value))
                        ],
                        request.ValidateOnly),
                    AdminRefusal.Unforeseen);
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
}
