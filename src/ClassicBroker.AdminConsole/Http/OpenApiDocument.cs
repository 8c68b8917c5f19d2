using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>The API as an OpenAPI 3.1 document, made from its routes. Stateless.</summary>
internal static class OpenApiDocument
{
    public static string Of(ConsoleRoutes routes, string version, string cookie)
    {
        var paths = new JsonObject();
        foreach (var path in routes.All.GroupBy(route => route.Path).OrderBy(path => path.Key, StringComparer.Ordinal))
        {
            var operations = new JsonObject();
            foreach (var route in path)
            {
                operations[route.Method.ToLowerInvariant()] = Operation(route);
            }

            paths[path.Key] = operations;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "ClassicBroker admin console", ["version"] = version },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["session"] = new JsonObject { ["type"] = "apiKey", ["in"] = "cookie", ["name"] = cookie },
                    ["csrf"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = ConsoleRequests.CsrfHeader },
                },
            },
        };
        return document.ToJsonString();
    }

    private static JsonObject Operation(ConsoleRoute route)
    {
        var operation = new JsonObject
        {
            ["summary"] = route.Summary,
            ["operationId"] = $"{route.Method.ToLowerInvariant()}{route.Path.Replace('/', '-').Replace("-api", "", StringComparison.Ordinal)}",
            ["description"] = route.Role is { } role ? $"Needs the role {ConsoleRequests.NameOf(role)}." : "Needs no sign-in.",
        };
        if (route.Parameters.Count > 0)
        {
            operation["parameters"] = new JsonArray([.. route.Parameters.Select(Parameter)]);
        }

        if (route.Takes is { } takes)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Json(takes.GetJsonSchemaAsNode()) };
        }

        var ok = new JsonObject { ["description"] = "It was done." };
        if (route.Gives is { } gives)
        {
            ok["content"] = Json(gives.GetJsonSchemaAsNode());
        }

        operation["responses"] = new JsonObject
        {
            ["200"] = ok,
            ["default"] = new JsonObject
            {
                ["description"] = "It was refused, or failed.",
                ["content"] = Json(ConsoleJson.Default.ApiProblem.GetJsonSchemaAsNode()),
            },
        };
        if (route.Role is not null)
        {
            var needed = new JsonObject { ["session"] = new JsonArray() };
            if (route.Takes is not null)
            {
                needed["csrf"] = new JsonArray();
            }

            operation["security"] = new JsonArray(needed);
        }

        return operation;
    }

    private static JsonNode Parameter(string name) => new JsonObject
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = "string" },
    };

    private static JsonObject Json(JsonNode schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };
}
