using ClassicBroker.Metadata;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Hosting;

/// <summary>Tells clients in ApiVersions what is finalised (KIP-584). Stateless beside the listener; any thread.</summary>
internal sealed class FinalizedFeatureAnswers(FinalizedFeatureListener listener)
{
    public void AddTo(ApiVersionsResponse response)
    {
        if (listener.Current is not { } state)
        {
            return;
        }

        response.FinalizedFeaturesEpoch = state.Epoch;
        response.FinalizedFeatures =
        [
            .. state.Features.MaxVersionLevels.Select(feature => new ApiVersionsResponse.FinalizedFeatureKey
            {
                Name = feature.Key,
                MaxVersionLevel = feature.Value,
                MinVersionLevel = feature.Value,
            }),
        ];
    }
}
