using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about finalized features (KIP-584). Safe from any thread.</summary>
internal sealed class FeatureAdmin(AdminCalls calls)
{
    private const string Api = "UpdateFeatures";

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
}
