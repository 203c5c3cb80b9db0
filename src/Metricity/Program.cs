System.Console.WriteLine("metricity");
