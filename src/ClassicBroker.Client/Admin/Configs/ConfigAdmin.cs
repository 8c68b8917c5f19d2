using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about configs: those of a broker go to that broker, all others to any. Safe from any thread.</summary>
internal sealed class ConfigAdmin(AdminCalls calls)
{
    public Task<IReadOnlyList<ConfigDescription>> DescribeAsync(IReadOnlyCollection<ConfigResource> resources, bool includeSynonyms) =>
        calls.RunEachAsync<ConfigResource, ConfigDescription>("describeConfigs", resources, Failed, async answers =>
        {
            foreach (var group in answers.Waiting.GroupBy(resource => resource.BrokerId))
            {
                await answers.AskAsync(group, async asked =>
                {
                    var request = new DescribeConfigsRequest
                    {
                        Resources = asked.Select(Describable).ToArray(),
                        IncludeSynonyms = includeSynonyms,
                    };
                    var response = group.Key is { } broker
                        ? await calls.SendToBrokerAsync<DescribeConfigsRequest, DescribeConfigsResponse>(broker, request)
                        : await calls.SendToAnyAsync<DescribeConfigsRequest, DescribeConfigsResponse>(request);
                    foreach (var result in response.Results)
                    {
                        Take(result, answers);
                    }
                });
            }
        });

    public Task<AdminResult> IncrementalAlterAsync(
        ConfigResource resource, IReadOnlyCollection<ConfigChange> changes, bool validateOnly) =>
        calls.RunAsync("incrementalAlterConfigs", async () =>
        {
            var request = new IncrementalAlterConfigsRequest
            {
                Resources =
                [
                    new IncrementalAlterConfigsRequest.AlterConfigsResource
                    {
                        ResourceType = (sbyte)resource.Type,
                        ResourceName = resource.Name,
                        Configs = changes.Select(change => new IncrementalAlterConfigsRequest.AlterableConfig
                        {
                            Name = change.Name,
                            ConfigOperation = (sbyte)change.Operation,
                            Value = change.Value,
                        }).ToArray(),
                    },
                ],
                ValidateOnly = validateOnly,
            };
            var response = resource.BrokerId is { } broker
                ? await calls.SendToBrokerAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(broker, request)
                : await calls.SendToAnyAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request);
            var answer = AdminCalls.Only(response.Responses);
            return new AdminResult(resource.Name, calls.Failure(answer.ErrorCode, answer.ErrorMessage, "IncrementalAlterConfigs"));
        });

    public Task<AdminResult> AlterAsync(ConfigResource resource, IReadOnlyDictionary<string, string> configs, bool validateOnly) =>
        calls.RunAsync("alterConfigs", async () =>
        {
            var request = new AlterConfigsRequest
            {
                Resources =
                [
                    new AlterConfigsRequest.AlterConfigsResource
                    {
                        ResourceType = (sbyte)resource.Type,
                        ResourceName = resource.Name,
                        Configs = configs
                            .Select(config => new AlterConfigsRequest.AlterableConfig { Name = config.Key, Value = config.Value })
                            .ToArray(),
                    },
                ],
                ValidateOnly = validateOnly,
            };
            var response = resource.BrokerId is { } broker
                ? await calls.SendToBrokerAsync<AlterConfigsRequest, AlterConfigsResponse>(broker, request)
                : await calls.SendToAnyAsync<AlterConfigsRequest, AlterConfigsResponse>(request);
            var answer = AdminCalls.Only(response.Responses);
            return new AdminResult(resource.Name, calls.Failure(answer.ErrorCode, answer.ErrorMessage, "AlterConfigs"));
        });

    private static DescribeConfigsRequest.DescribeConfigsResource Describable(ConfigResource resource) => new()
    {
        ResourceType = (sbyte)resource.Type,
        ResourceName = resource.Name,
        ConfigurationKeys = null,
    };

    private static ConfigDescription Failed(ConfigResource resource, KafkaException failure) => new(resource, [], failure);

    private void Take(
        DescribeConfigsResponse.DescribeConfigsResult result, Answers<ConfigResource, ConfigDescription> answers)
    {
        var resource = new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName);
        var failure = calls.Failure(result.ErrorCode, result.ErrorMessage, "DescribeConfigs");
        switch (failure)
        {
            case null:
                var entries = result.Configs.Select(Entry).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray();
                answers.Give(resource, new ConfigDescription(resource, entries, Failure: null));
                break;

            // A topic that does not exist is not waited for.
            case { Code: ErrorCode.UnknownTopicOrPartition }:
                answers.Give(resource, Failed(resource, failure));
                break;
            default:
                answers.Refuse(resource, failure);
                break;
        }
    }

    private static ConfigEntry Entry(DescribeConfigsResponse.DescribeConfigsResourceResult config)
    {
        // Version 0 tells only whether a value is the default.
        var source = config.ConfigSource >= 0
            ? (ConfigSource)config.ConfigSource
            : config.IsDefault ? ConfigSource.Default : ConfigSource.Unknown;
        var synonyms = config.Synonyms
            .Select(synonym => new ConfigSynonym(synonym.Name, synonym.Value, (ConfigSource)synonym.Source))
            .ToArray();
        return new ConfigEntry(config.Name, config.Value, source, config.IsSensitive, config.ReadOnly, synonyms);
    }
}
