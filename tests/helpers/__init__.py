"""What several tests share: tables of cases, readers of notebooks, bad values, fakes of libraries, wrong answers, a browser."""
