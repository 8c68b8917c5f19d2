namespace ClassicBroker.Protocol.Tests;

public sealed class ApiCatalogTests
{
    [Fact]
    public void Every_key_is_found_and_no_other()
    {
        var keys = Enum.GetValues<ApiKey>();
        Assert.Equal(keys, ApiCatalog.All.Select(api => api.Key));
        for (var key = (int)short.MinValue; key <= short.MaxValue; key++)
        {
            Assert.Equal(Enum.IsDefined((ApiKey)key), ApiCatalog.TryGet((short)key, out _));
        }
    }

    [Fact]
    public void Messages_lead_to_their_api_and_back()
    {
        foreach (var api in ApiCatalog.All)
        {
            Assert.Same(api, api.NewRequest().Api);
            Assert.Same(api, api.NewResponse().Api);
            Assert.Equal(api.Key.ToString(), api.Name);
        }
    }

    [Theory]
    [InlineData(ApiKey.Fetch, 11, 1, 0)]
    [InlineData(ApiKey.Fetch, 12, 2, 1)]
    [InlineData(ApiKey.ControlledShutdown, 0, 0, 0)]
    [InlineData(ApiKey.ControlledShutdown, 1, 1, 0)]
    [InlineData(ApiKey.ControlledShutdown, 3, 2, 1)]
    [InlineData(ApiKey.ApiVersions, 2, 1, 0)]
    [InlineData(ApiKey.ApiVersions, 3, 2, 0)]
    [InlineData(ApiKey.ApiVersions, 99, 2, 0)]
    [InlineData(ApiKey.SaslHandshake, 1, 1, 0)]
    public void Header_versions_follow_the_api_and_its_version(ApiKey key, short version, short request, short response)
    {
        var api = ApiCatalog.Get(key);
        Assert.Equal(request, api.RequestHeaderVersion(version));
        Assert.Equal(response, api.ResponseHeaderVersion(version));
    }
}
