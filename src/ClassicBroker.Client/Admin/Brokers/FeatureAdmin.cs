using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about finalized features (KIP-584). Safe from any thread.</summary>
internal sealed class FeatureAdmin(AdminCalls calls)
{
    private const string Api = "UpdateFeatures";

    public Task<FeatureMetadata> DescribeAsync() => calls.RunAsync("describeFeatures", async () =>
    {
        var response = await calls.SendToAnyAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest
        {
            ClientSoftwareName = RpcConnectionOptions.LibraryName,
            ClientSoftwareVersion = RpcConnectionOptions.LibraryVersion,
        });
        return calls.Failure(response.ErrorCode, null, "ApiVersions") is { } failure
            ? throw failure
            : new FeatureMetadata(
                Sorted(response.FinalizedFeatures.Select(each => new FeatureLevels(each.Name, each.MinVersionLevel, each.MaxVersionLevel))),
                response.FinalizedFeaturesEpoch < 0 ? null : response.FinalizedFeaturesEpoch,
                Sorted(response.SupportedFeatures.Select(each => new FeatureLevels(each.Name, each.MinVersion, each.MaxVersion))));
    });

    public Task<IReadOnlyList<AdminResult>> UpdateAsync(IReadOnlyCollection<FeatureUpdate> updates, bool validateOnly) =>
        calls.RunAsync<IReadOnlyList<AdminResult>>("updateFeatures", async () =>
        {
            var request = new UpdateFeaturesRequest
            {
                TimeoutMs = calls.RequestTimeoutMs,
                ValidateOnly = validateOnly,
                FeatureUpdates = updates
                    .Select(update => new UpdateFeaturesRequest.FeatureUpdateKey
                    {
                        Feature = update.Feature,
                        MaxVersionLevel = update.MaxVersionLevel,
                        UpgradeType = (sbyte)update.Type,
                    })
                    .ToArray(),
            };
            var response = await calls.SendToControllerAsync<UpdateFeaturesRequest, UpdateFeaturesResponse>(request);
            calls.RequireController(response.ErrorCode);
            return response.Results.Length > 0
                ? response.Results
                    .Select(result => new AdminResult(result.Feature, calls.Failure(result.ErrorCode, result.ErrorMessage, Api)))
                    .ToArray()
                : updates
                    .Select(update => new AdminResult(update.Feature, calls.Failure(response.ErrorCode, response.ErrorMessage, Api)))
                    .ToArray();
        });

    private static FeatureLevels[] Sorted(IEnumerable<FeatureLevels> features) =>
        [.. features.OrderBy(each => each.Feature, StringComparer.Ordinal)];
}
