using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// DescribeConfigs 0-4: the configs of topics, of this broker and its loggers, and of the cluster's defaults (a broker without a name).
/// </summary>
public sealed class DescribeConfigsHandler(
    ConfigDescriptions descriptions,
    LoggerConfigs loggers,
    ConfigStore store,
    MetadataCache metadata,
    BrokerIdentity identity)
    : RequestHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    private static readonly AccessRule DescribeTopicConfigs = AccessRule.Each(AclOperation.DescribeConfigs, AclResourceType.Topic);

    private static readonly AccessRule DescribeClusterConfigs = AccessRule.Each(AclOperation.DescribeConfigs, AclResourceType.Cluster);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeTopicConfigs, DescribeClusterConfigs];

    public override async ValueTask<DescribeConfigsResponse?> HandleAsync(DescribeConfigsRequest request, RequestContext context)
    {
        var results = new DescribeConfigsResponse.DescribeConfigsResult[request.Resources.Length];
        for (var i = 0; i < results.Length; i++)
        {
            var resource = request.Resources[i];
            results[i] = await ContainAsync(
                context,
                () => DescribeAsync(resource, request, context),
                _ => new()
                {
                    ErrorCode = ErrorCode.UnknownServerError,
                    ErrorMessage = null,
                    ResourceType = resource.ResourceType,
                    ResourceName = resource.ResourceName,
                });
        }

        return new DescribeConfigsResponse { Results = results };
    }

    private async Task<DescribeConfigsResponse.DescribeConfigsResult> DescribeAsync(
        DescribeConfigsRequest.DescribeConfigsResource resource,
        DescribeConfigsRequest request,
        RequestContext context)
    {
        var result = new DescribeConfigsResponse.DescribeConfigsResult
        {
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
        };
        switch (resource.ResourceType)
        {
            case ConfigAlterations.TopicResource when !context.Allows(DescribeTopicConfigs, resource.ResourceName):
                return Refuse(result, DescribeTopicConfigs.Refusal, "Topic authorization failed.");
            case ConfigAlterations.BrokerResource or ConfigAlterations.LoggerResource or ConfigAlterations.ClientMetricsResource
                when !context.Allows(DescribeClusterConfigs):
                return Refuse(result, DescribeClusterConfigs.Refusal, "Cluster authorization failed.");
            case ConfigAlterations.TopicResource when TopicName.Fault(resource.ResourceName) is { } fault:
                return Refuse(result, ErrorCode.InvalidTopicException, fault);
            case ConfigAlterations.TopicResource when !metadata.Current.Contains(resource.ResourceName):
                return Refuse(result, ErrorCode.UnknownTopicOrPartition, null);
            case ConfigAlterations.TopicResource:
                var overrides = await store.GetAsync(ConfigEntityZnode.Topics, resource.ResourceName);
                return Fill(result, descriptions.OfTopic(overrides), resource, request);
            case ConfigAlterations.BrokerResource when resource.ResourceName.Length == 0:
                return Fill(result, descriptions.OfClusterDefault(), resource, request);
            case ConfigAlterations.BrokerResource when resource.ResourceName == identity.BrokerId.ToString():
                return Fill(result, descriptions.OfBroker(), resource, request);
            case ConfigAlterations.BrokerResource:
                return Refuse(
                    result,
                    ErrorCode.InvalidRequest,
                    $"Unexpected broker id, expected {identity.BrokerId} or empty string, but received {resource.ResourceName}");
            case ConfigAlterations.LoggerResource when resource.ResourceName == identity.BrokerId.ToString():
                return Fill(result, loggers.Describe(), resource, request);
            case ConfigAlterations.LoggerResource:
                return Refuse(
                    result,
                    ErrorCode.InvalidRequest,
                    resource.ResourceName.Length == 0
                        ? "Broker id must not be empty"
                        : $"Unexpected broker id, expected {identity.BrokerId} but received {resource.ResourceName}");
            case ConfigAlterations.ClientMetricsResource:
                return Refuse(result, ErrorCode.InvalidRequest, "Config type client-metrics is only supported on KRaft clusters");
            default:
                return Refuse(result, ErrorCode.InvalidRequest, $"Unsupported resource type: {resource.ResourceType}");
        }
    }

    private static DescribeConfigsResponse.DescribeConfigsResult Fill(
        DescribeConfigsResponse.DescribeConfigsResult result,
        IReadOnlyList<ConfigEntry> entries,
        DescribeConfigsRequest.DescribeConfigsResource resource,
        DescribeConfigsRequest request)
    {
        var keys = resource.ConfigurationKeys;
        result.Configs =
        [
            .. entries.Where(
                entry =>
                    keys is null or [] || keys.Contains(entry.Name)).Select(entry =>
                        new DescribeConfigsResponse.DescribeConfigsResourceResult
            {
                Name = entry.Name,
                Value = entry.Value,
                ReadOnly = entry.IsReadOnly,
                ConfigSource = (sbyte)entry.Source,
                IsSensitive = entry.IsSensitive,
                ConfigType = (sbyte)entry.Type,
                Documentation = request.IncludeDocumentation ? entry.Documentation : null,
                Synonyms = request.IncludeSynonyms ? [.. entry.Synonyms.Select(Synonym)] : [],
            }),
        ];
        return result;
    }

    private static DescribeConfigsResponse.DescribeConfigsSynonym Synonym(ConfigSynonym synonym) =>
        new() { Name = synonym.Name, Value = synonym.Value, Source = (sbyte)synonym.Source };

    private static DescribeConfigsResponse.DescribeConfigsResult Refuse(
        DescribeConfigsResponse.DescribeConfigsResult result,
        ErrorCode error,
        string? message)
    {
        (result.ErrorCode, result.ErrorMessage) = (error, message);
        return result;
    }
}
