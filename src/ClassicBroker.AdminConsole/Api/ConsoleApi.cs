using ClassicBroker.AdminConsole.Http;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>All of the API, screen by screen. Stateless.</summary>
internal static class ConsoleApi
{
    public static void AddTo(ConsoleRoutes routes)
    {
        SessionApi.AddTo(routes);
        OidcApi.AddTo(routes);
        OverviewApi.AddTo(routes);
        BrokersApi.AddTo(routes);
        TopicsApi.AddTo(routes);
        TopicApi.AddTo(routes);
        MessagesApi.AddTo(routes);
        ProduceApi.AddTo(routes);
        GroupsApi.AddTo(routes);
        GroupOffsetsApi.AddTo(routes);
        AclsApi.AddTo(routes);
        UsersApi.AddTo(routes);
        QuotasApi.AddTo(routes);
        TokensApi.AddTo(routes);
        TransactionsApi.AddTo(routes);
        ReassignmentApi.AddTo(routes);
        ZnodesApi.AddTo(routes);
        MetricsApi.AddTo(routes);
    }
}
